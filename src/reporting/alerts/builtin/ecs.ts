/**
 * A document of the Elastic Common Schema 1.12: categorised as its field reference asks for, with
 * what really became of the request. A keyword is indexed up to 1024 characters.
 */
export const ECS = `{
  "@timestamp": "{{ timestamp }}",
  "message": "{{ alert_message | truncate(30000) }}",
  "ecs": { "version": "1.12.0" },
  "event": {
    "kind": "alert",
    "category": ["intrusion_detection"],
    "type": ["{{ decision }}"],
    "outcome": "{{ outcome }}",
    "action": "{{ alert_message | truncate(1000) }}",
    "reason": "{{ error | truncate(1000) }}",
    "severity": {{ priority }},
    "created": "{{ timestamp }}",
    "id": "{{ request_id }}",
    "module": "connaisseur"
  },
  "orchestrator": {
    "type": "kubernetes",
    "cluster": { "name": "{{ cluster }}" },
    "namespace": "{{ namespace }}",
    "resource": { "type": "{{ kind }}" }
  },
  "container": { "image": { "name": "{{ images | truncate(30000) }}" } },
  "agent": { "type": "connaisseur", "id": "{{ connaisseur_pod_id }}" }
}
`
