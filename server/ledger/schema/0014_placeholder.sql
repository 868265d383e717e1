-- Keeps the numbers without a gap.
SELECT 1;
