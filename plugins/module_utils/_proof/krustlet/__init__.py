"""The second node in the guest, which Krustlet is."""
