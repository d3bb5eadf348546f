# Describe and compare every variable with arsenal's tableby; prints the seconds and one p value.
if (!requireNamespace("arsenal", quietly = TRUE)) quit(status = 3)
suppressMessages(library(arsenal))
frame <- read.csv(commandArgs(TRUE)[1], stringsAsFactors = TRUE, na.strings = "")
start <- proc.time()[["elapsed"]]
table <- tableby(ill ~ ., data = frame, control = tableby.control(chisq.correct = FALSE,
  numeric.stats = c("Nmiss", "meansd", "medianq1q3")))
shown <- as.data.frame(summary(table))
seconds <- proc.time()[["elapsed"]] - start
found <- tests(table)
cat(seconds, format(found$p.value[found$Variable == "number_0"], digits = 15), "\n")
