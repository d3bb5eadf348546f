# Goldens of tests of more than two groups or levels, from R's own functions.
# Rscript group_tests.R > group_tests.csv
set.seed(20)
line <- function(kind, table, test, p) {
  cells <- paste(apply(table, 1, paste, collapse = " "), collapse = ";")
  cat(kind, cells, test, format(p, digits = 15), sep = ",")
  cat("\n")
}
cat("kind,table,test,p\n")
shapes <- list(c(3, 2), c(4, 2), c(2, 3), c(3, 3), c(5, 2))
for (i in 1:20) {
  shape <- shapes[[(i - 1) %% length(shapes) + 1]]
  m <- matrix(rpois(prod(shape), 8) + 1, nrow = shape[1])
  g <- suppressWarnings(chisq.test(m, correct = FALSE))
  line("counts", m, "Pearson", g$p.value)
  ratio <- 2 * sum(m * log(m / g$expected))
  line("counts", m, "likelihood ratio", pchisq(ratio, prod(shape - 1), lower.tail = FALSE))
  line("counts", m, "Fisher-Freeman-Halton", fisher.test(m, workspace = 2e7)$p.value)
  if (shape[1] > 2) {
    level <- rep(as.vector(row(m)), as.vector(m))
    group <- rep(as.vector(col(m)), as.vector(m))
    ranked <- kruskal.test(level, group)$p.value
    if (shape[2] == 2) {
      line("counts", m, "Mann-Whitney", ranked)
      line("counts", m, "trend (Cochran-Armitage)",
           prop.trend.test(m[, 1], rowSums(m))$p.value)
      statistic <- (length(level) - 1) * cor(level, group)^2
      line("counts", m, "trend", pchisq(statistic, 1, lower.tail = FALSE))
    } else {
      line("counts", m, "Kruskal-Wallis", ranked)
    }
  }
}
for (i in 1:10) { # patients with exactly these means and SDs, to aov
  k <- 3 + i %% 3
  n <- sample(8:40, k)
  mean <- round(rnorm(k, 50, 3), 1)
  sd <- round(runif(k, 4, 9), 1)
  y <- unlist(lapply(1:k, function(j) mean[j] + sd[j] * as.vector(scale(rnorm(n[j])))))
  g <- factor(rep(1:k, n))
  p <- summary(aov(y ~ g))[[1]][["Pr(>F)"]][1]
  line("means", cbind(mean, sd, n), "analysis of variance", p)
}
