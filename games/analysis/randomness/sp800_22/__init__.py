"""The fifteen tests of NIST SP 800-22 revision 1a for raw bits, in pure Python.

Bits are `bytes` of the values 0 and 1, one a byte, first bit first. Each test is a function from
bits to its p-values; `suite` runs all of them over many sequences and judges the whole.

None of the packages that offer these tests was fit to be relied on: one gets about half of them
wrong, one lacks files, none is maintained. So they are written out here and held against the
publication's own examples.
"""
