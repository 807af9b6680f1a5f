# An R script: its flags are the assignments at the top.

x <- 1.0
y <- 2L
z <- "a"

cat(x, y, z, "\n")
