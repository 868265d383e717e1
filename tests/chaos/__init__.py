"""The whole node against crashes, full disks and bad networks. Real processes only."""
