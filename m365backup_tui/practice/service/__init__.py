"""The backup service as a whole: who pays for it, who controls it, whether it is on."""
