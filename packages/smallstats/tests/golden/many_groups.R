# Several groups: analysis of variance, Welch's, Kruskal-Wallis, Pearson, Fisher; and standardised
# differences by Yang and Dalton's formula, the largest of the pairs.
# Rscript many_groups.R DIRECTORY
out <- commandArgs(trailingOnly = TRUE)[1]
b <- MASS::birthwt
b$weight <- cut(b$lwt, c(0, 110, 140, 300))
gap <- function(x, g) {
  pairs <- combn(sort(unique(g)), 2)
  max(apply(pairs, 2, function(p) {
    one <- x[g == p[1]]; two <- x[g == p[2]]
    if (is.numeric(x)) return(abs(mean(one) - mean(two)) / sqrt((var(one) + var(two)) / 2))
    p1 <- prop.table(table(one))[-1]; p2 <- prop.table(table(two))[-1]; d <- as.numeric(p1 - p2)
    s <- (diag(p1, length(p1)) - p1 %*% t(p1) + diag(p2, length(p2)) - p2 %*% t(p2)) / 2
    sqrt(c(t(d) %*% solve(s) %*% d))
  }))
}
row <- function(groups, variable, test, p) {
  x <- b[[variable]]
  if (variable %in% c("smoke", "ht", "low", "weight")) x <- factor(x)
  data.frame(groups, variable, test, p, smd = gap(x, b[[groups]]))
}
rows <- rbind(
  row("race", "age", "welch", oneway.test(age ~ race, b)$p.value),
  row("race", "age", "student", oneway.test(age ~ race, b, var.equal = TRUE)$p.value),
  row("race", "lwt", "mann-whitney", kruskal.test(lwt ~ race, b)$p.value),
  row("race", "smoke", "pearson", chisq.test(table(b$race, b$smoke), correct = FALSE)$p.value),
  row("race", "ht", "fisher", fisher.test(table(b$race, b$ht))$p.value),
  row("race", "weight", "pearson", chisq.test(table(b$race, b$weight))$p.value),
  row("smoke", "age", "welch", t.test(age ~ smoke, b)$p.value),
  row("smoke", "weight", "pearson", chisq.test(table(b$smoke, b$weight))$p.value))
write.csv(rows, file.path(out, "many_groups.csv"), row.names = FALSE, quote = FALSE)
