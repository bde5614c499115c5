"""What a customer is worth: of subscriptions and of orders, and what upgrading has to do with it."""
