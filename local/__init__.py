"""The whole service on this machine: the real stack, deployed into an AWS emulator on loopback."""
