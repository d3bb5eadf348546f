# The regression of Table 4 from its four covariate patterns, and the tests of Table 3, in base R.
# Run as: Rscript paper_table4.R FOLDER
d <- data.frame(cardiac = c(0, 0, 1, 1), treated = c(0, 1, 0, 1), cases = c(3, 13, 3, 4), n = c(20, 26, 3, 5))
fit <- glm(cbind(cases, n - cases) ~ cardiac + treated, binomial, d, epsilon = 1e-14)
s <- summary(fit)$coefficients
null <- 23 * log(23 / 54) + 31 * log(31 / 54)
full <- sum(d$cases * log(fitted(fit)) + (d$n - d$cases) * log(1 - fitted(fit)))
r2 <- (1 - exp(2 * (null - full) / 54)) / (1 - exp(2 * null / 54))
out <- data.frame()
add <- function(claim, value) out <<- rbind(out, data.frame(claim = claim, value = value))
for (v in c("cardiac", "treated")) {
  name <- paste0("table4_", if (v == "treated") "immunosuppressor" else v)
  add(paste0(name, "_odds_ratio"), exp(s[v, 1]))
  add(paste0(name, "_ci_low"), exp(s[v, 1] - qnorm(0.975) * s[v, 2]))
  add(paste0(name, "_ci_high"), exp(s[v, 1] + qnorm(0.975) * s[v, 2]))
  add(paste0(name, "_p"), s[v, 4])
}
add("table4_model_nagelkerke_r2", r2)
p <- function(a, b, test) {
  t <- matrix(c(a, 23 - a, b, 31 - b), 2)
  suppressWarnings(switch(test, pearson = chisq.test(t, correct = FALSE)$p.value,
                          yates = chisq.test(t)$p.value, fisher = fisher.test(t)$p.value))
}
add("table3_pulmonary_p", p(10, 5, "pearson"))
add("table3_cardiac_p", p(7, 1, "pearson"))
add("table3_immunosuppressor_p", p(15, 10, "pearson"))
add("abstract_immunosuppressor_p", p(15, 10, "fisher"))
add("table3_deaths_p", p(2, 2, "fisher"))
add("table3_strength_1_3_p", p(12, 15, "fisher"))
add("table3_ldh_p", p(19, 25, "fisher"))
out$value <- formatC(out$value, digits = 12, format = "g", width = -1)
write.csv(out, file.path(commandArgs(TRUE)[1], "paper_table4.csv"), row.names = FALSE, quote = FALSE)
