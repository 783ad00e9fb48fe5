"""The outside world, through the real SDKs: the only place that knows them."""
