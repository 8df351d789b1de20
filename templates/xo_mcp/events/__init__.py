"""XO's live events for callers that can only ask."""
