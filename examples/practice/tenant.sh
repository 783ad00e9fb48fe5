# Functions for bash: a practice tenant in ./tenant, and calls to it. Needs curl and jq.

start() { # options of `practice serve`
  rm -f ready.json
  m365backup-tui practice serve --state-dir tenant --ready-file ready.json "$@" > /dev/null &
  until [ -s ready.json ]; do kill -0 $! || return 1; sleep 0.2; done
  trust
}
stop() { kill "$(at pid)"; wait; }
at() { jq -r ".$1" ready.json; } # at graph, at subscriptions[0].id
trust() { # curl; msal, Azure and az; msgraph: each looks for its own name
  export CURL_CA_BUNDLE="$(at ca_file)" REQUESTS_CA_BUNDLE="$(at ca_file)" SSL_CERT_FILE="$(at ca_file)"
}

code() { # graph or arm, scope: a new device code
  curl -sS "$(at authority)/oauth2/v2.0/devicecode" -d client_id="$(at client_ids."$1")" --data-urlencode scope="$2"
}
token() { # graph or arm, what `code` said: what came of it
  curl -sS "$(at authority)/oauth2/v2.0/token" -d client_id="$(at client_ids."$1")" \
    -d grant_type=urn:ietf:params:oauth:grant-type:device_code -d device_code="$(jq -r .device_code <<< "$2")"
}
sign_in() { # for a tenant that was started with --persona-auto
  export GRAPH_TOKEN ARM_TOKEN
  GRAPH_TOKEN=$(token graph "$(code graph https://graph.microsoft.com/.default)" | jq -r .access_token)
  ARM_TOKEN=$(token arm "$(code arm https://management.azure.com/.default)" | jq -r .access_token)
}

graph() { # path, options of curl
  curl -sS "$(at graph)$1" -H "Authorization: Bearer $GRAPH_TOKEN" -H 'Content-Type: application/json' "${@:2}"
}
arm() { curl -sS "$(at arm)$1" -H "Authorization: Bearer $ARM_TOKEN" -H 'Content-Type: application/json' "${@:2}"; }
control() { curl -sS "$(at control)$1" --fail-with-body "${@:2}"; }
