/**
 * The Create Alert request of Opsgenie (Alert API v2). Limits: message 130, alias 512, description
 * 15000 characters, details 8000 together. Alerts of one alias are one alert there, so that a
 * controller which tries again and again does not page anybody again and again.
 */
export const OPSGENIE = String.raw`{
  "message": "{{ alert_message | truncate(130) }}",
  "alias": "{{ cluster | truncate(60) }}: {{ alert_message | truncate(200) }}: {{ images | truncate(240) }}",
  "description": "{{ alert_message | truncate(7000) }}\n\nImages: {{ images | truncate(7000) }}\n\nSee the log of {{ connaisseur_pod_id | truncate(253) }}.",
  "responders": [],
  "visibleTo": [],
  "actions": [],
  "tags": ["connaisseur", "{{ decision }}"],
  "details": {
    "pod": "{{ connaisseur_pod_id | truncate(253) }}",
    "cluster": "{{ cluster | truncate(1000) }}",
    "namespace": "{{ namespace | truncate(253) }}",
    "kind": "{{ kind | truncate(253) }}",
    "alert_created": "{{ timestamp }}",
    "request_id": "{{ request_id | truncate(253) }}"
  },
  "entity": "Connaisseur",
  "source": "connaisseur",
  "priority": "P{{ priority }}"
}
`
