"""How often monitors pause clean made-up trials, against the type I error printed beside them."""
