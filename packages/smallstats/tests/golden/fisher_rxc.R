# Fisher's exact test of tables with more than two rows or columns; counts by row.
# Rscript fisher_rxc.R DIRECTORY
out <- commandArgs(trailingOnly = TRUE)[1]
set.seed(4)
rows <- list()
add <- function(m) {
  rows[[length(rows) + 1]] <<- data.frame(
    rows = nrow(m), counts = paste(t(m), collapse = " "),
    p = fisher.test(m, workspace = 2e7)$p.value)
}
add(matrix(c(3, 1, 1, 5, 4, 2), 2))
add(as.matrix(table(MASS::birthwt$low, MASS::birthwt$race)))
add(diag(3) * 4)
for (size in list(c(2, 5), c(3, 3), c(3, 4), c(4, 2)))
  for (n in c(20, 54)) {
    add(matrix(rmultinom(1, n, rexp(prod(size))), size[1]))
  }
write.csv(do.call(rbind, rows), file.path(out, "fisher_rxc.csv"), row.names = FALSE)
