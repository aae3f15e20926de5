"""The families of the published language (section 2): things any service may own, with one shape everywhere.

Matters (事项), approvals (审批), hand-overs (移交) and checks (核查): their aggregates, commands and routes stand here
once; the service that owns the thing runs them and emits their events.
"""
