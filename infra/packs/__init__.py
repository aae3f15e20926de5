"""`./zhixing packs`: lint, show and diff of policy packs."""
