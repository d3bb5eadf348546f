# The late diagnosis without the six children with calcinosis before diagnosis, by R's own tests.
# Rscript paper_delay.R [folder]
folder <- c(commandArgs(trailingOnly = TRUE), ".")[1]
rows <- lapply(0:6, function(late) {
  x <- matrix(c(11 - late, 17 - (11 - late), 4, 27), 2)
  exact <- fisher.test(x)
  suppressWarnings(data.frame(
    early_late = late,
    pearson = chisq.test(x, correct = FALSE)$p.value,
    yates = chisq.test(x)$p.value,
    fisher = exact$p.value,
    ci_low = exact$conf.int[1],
    ci_high = exact$conf.int[2]
  ))
})
file <- file.path(folder, "paper_delay.csv")
write.csv(format(do.call(rbind, rows), digits = 15), file, row.names = FALSE, quote = FALSE)
