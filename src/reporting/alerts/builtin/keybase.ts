/**
 * Keybase's webhookbot, which takes `msg`. What a user of the cluster can choose stands in a code
 * block, where nothing is markup and nobody is called. A message has at most 10000 characters.
 */
export const KEYBASE = String.raw`{
  "msg": "@here Connaisseur: a request was {{ decision }}\n${'```'}\n{{ alert_message | truncate(3500) }}\n\nImages:      {{ images | truncate(3500) }}\nCluster:     {{ cluster | truncate(300) }}\nNamespace:   {{ namespace | truncate(300) }}\nRequest ID:  {{ request_id | truncate(300) }}\nPod:         {{ connaisseur_pod_id | truncate(300) }}\nCreated:     {{ timestamp }}\nPriority:    {{ priority }}\n${'```'}"
}
`
