"""Names of the columns of published files, the same for all banks."""

USER_ID, ITEM_ID, RANK, SCORE = "user_id", "item_id", "rank", "score"
