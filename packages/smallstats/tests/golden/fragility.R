# Fewest patients whose finding would have to differ, by trying every table with fisher.test.
# Rscript fragility.R DIRECTORY
out <- commandArgs(trailingOnly = TRUE)[1]
fisher <- function(a, n1, b, n0) fisher.test(matrix(c(a, n1 - a, b, n0 - b), 2))$p.value
tables <- list(c(7, 23, 1, 31), c(15, 23, 10, 31), c(11, 23, 4, 31), c(16, 23, 25, 31),
               c(3, 20, 4, 21), c(4, 4, 0, 4), c(1, 3, 1, 3), c(15, 40, 5, 40), c(0, 12, 6, 12))
rows <- lapply(tables, function(t) {
  a <- t[1]; n1 <- t[2]; b <- t[3]; n0 <- t[4]
  p <- fisher(a, n1, b, n0)
  grid <- expand.grid(i = 0:n1, j = 0:n0)
  grid$p <- mapply(fisher, grid$i, n1, grid$j, n0)
  moved <- abs(grid$i - a) + abs(grid$j - b)
  other <- (grid$p < 0.05) != (p < 0.05)
  fewer <- if (a <= b) grid$j == b else grid$i == a
  free <- if (a <= b) grid$i - a else grid$j - b
  one <- other & fewer & (p >= 0.05 | free > 0)
  data.frame(a = a, n1 = n1, b = b, n0 = n0, p = p,
             index = if (any(other)) min(moved[other]) else NA,
             one_group = if (any(one)) min(moved[one]) else NA)
})
write.csv(do.call(rbind, rows), file.path(out, "fragility.csv"), row.names = FALSE, na = "")
