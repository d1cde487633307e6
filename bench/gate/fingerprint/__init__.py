"""Does a policy still make the pixels, labels and draws that were accepted? Without training."""
