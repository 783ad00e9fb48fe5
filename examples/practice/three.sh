# The script under test: makes three policies, and tries again when it is told to come back.
. ./tenant.sh
for name in North South West; do
  graph /solutions/backupRestore/sharePointProtectionPolicies -d "{\"displayName\": \"$name\"}" --retry 5 --fail |
    jq -r .displayName
done
