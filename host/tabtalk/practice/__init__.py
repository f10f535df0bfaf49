"""The practice server: the Gemini Live wire protocol on loopback, over TLS, for those without a key and for the tests."""
