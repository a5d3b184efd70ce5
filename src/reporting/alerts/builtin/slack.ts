/**
 * An incoming webhook of Slack: Block Kit. What a user of the cluster can choose stands in plain
 * text, which has no markup. Limits: header 150, section 3000, field 2000 characters.
 */
export const SLACK = String.raw`{
  "text": "Connaisseur: a request was {{ decision }}",
  "blocks": [
    {
      "type": "header",
      "text": { "type": "plain_text", "text": "Connaisseur: a request was {{ decision }}", "emoji": false }
    },
    {
      "type": "section",
      "text": { "type": "plain_text", "text": "{{ alert_message | truncate(2900) }}", "emoji": false }
    },
    {
      "type": "section",
      "text": { "type": "plain_text", "text": "Images: {{ images | truncate(2900) }}", "emoji": false }
    },
    {
      "type": "section",
      "fields": [
        { "type": "mrkdwn", "text": "*Cluster*\n{{ cluster | truncate(300) }}" },
        { "type": "mrkdwn", "text": "*Namespace*\n{{ namespace | truncate(300) }}" },
        { "type": "mrkdwn", "text": "*Request ID*\n{{ request_id | truncate(300) }}" },
        { "type": "mrkdwn", "text": "*Connaisseur Pod*\n{{ connaisseur_pod_id | truncate(300) }}" },
        { "type": "mrkdwn", "text": "*Created*\n{{ timestamp }}" },
        { "type": "mrkdwn", "text": "*Priority*\n{{ priority }}" }
      ]
    }
  ]
}
`
