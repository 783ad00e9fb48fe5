"""The backup engine: policies, protection units, inclusion rules, bulk jobs. Knows no HTTP."""
