"""Pages of scores: an enterprise's own, a bank's book, one score, stating inputs."""
