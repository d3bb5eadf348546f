# Firth's estimates of samples whose penalised likelihood has two maxima, by brglm2: it begins near
# maximum likelihood's and comes to the higher one. The samples are those of test_hard_fits.py.
# Rscript two_maxima.R DIRECTORY
out <- commandArgs(trailingOnly = TRUE)[1]
samples <- read.csv("data_two_maxima.csv")
rows <- lapply(split(samples, samples$sample), function(sample) {
  sample <- Filter(function(x) !anyNA(x), sample)
  fit <- suppressWarnings(glm(y ~ . - sample, binomial, sample, method = brglm2::brglmFit,
    type = "AS_mean", epsilon = 1e-12, maxit = 10000))
  stopifnot(fit$converged)
  data.frame(sample = sample$sample[1], term = names(coef(fit)), coef = sprintf("%.12g", coef(fit)))
})
write.csv(do.call(rbind, rows), file.path(out, "two_maxima.csv"), row.names = FALSE, quote = FALSE)
