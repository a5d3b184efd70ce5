/**
 * A workflow of Microsoft Teams ("when a webhook request is received"): an Adaptive Card in a
 * message. The MessageCards of connectors went with the connectors. A `TextRun` knows no Markdown, so
 * nothing in a value is a link or a format.
 */
export const MSTEAMS = `{
  "type": "message",
  "attachments": [
    {
      "contentType": "application/vnd.microsoft.card.adaptive",
      "contentUrl": null,
      "content": {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": { "width": "Full" },
        "body": [
          {
            "type": "TextBlock",
            "text": "Connaisseur: a request was {{ decision }}",
            "size": "Large",
            "weight": "Bolder",
            "wrap": true
          },
          ${line('Message', '{{ alert_message | truncate(5000) }}')},
          ${line('Images', '{{ images | truncate(5000) }}')},
          ${line('Cluster', '{{ cluster | truncate(300) }}')},
          ${line('Namespace', '{{ namespace | truncate(300) }}')},
          ${line('Request ID', '{{ request_id | truncate(300) }}')},
          ${line('Connaisseur Pod', '{{ connaisseur_pod_id | truncate(300) }}')},
          ${line('Created', '{{ timestamp }}')},
          ${line('Priority', '{{ priority }}')}
        ]
      }
    }
  ]
}
`

function line(label: string, value: string): string {
  const inlines = [
    { type: 'TextRun', text: `${label}: `, weight: 'Bolder' },
    { type: 'TextRun', text: value },
  ]
  return JSON.stringify({ type: 'RichTextBlock', inlines })
}
