"""What tests of every area use."""
