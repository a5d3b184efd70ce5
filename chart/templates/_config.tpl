{{/* The Secret that holds the literal credentials of a validator. A name that Kubernetes would not
     take is made one, with a checksum so that two never meet. */}}
{{- define "connaisseur.authSecretName" -}}
{{- $plain := regexReplaceAll "[^a-z0-9.-]+" (lower .) "-" | trimAll "-." -}}
{{- if eq $plain . -}}
{{ . }}-auth
{{- else -}}
{{ $plain | default "validator" }}-{{ sha256sum . | trunc 8 }}-auth
{{- end -}}
{{- end -}}

{{/* Whether credentials stand in the values as they are. A ${VARIABLE} is not one: the program fills
     it in from its environment, and it stays in the configuration. */}}
{{- define "connaisseur.hasLiteralAuth" -}}
{{- $auth := .auth | default dict -}}
{{- if and $auth.username $auth.password -}}
{{- if not (regexMatch "(^|[^$])[$][{]" (printf "%s %s" $auth.username $auth.password)) }}yes{{ end -}}
{{- end -}}
{{- end -}}

{{/* config.yaml as the program reads it: the values of `application` and `alerting`, with the name of
     a Secret in the place of literal credentials. */}}
{{- define "connaisseur.config" -}}
{{- $config := deepCopy .Values.application -}}
{{- $validators := list -}}
{{- range $config.validators -}}
{{- if include "connaisseur.hasLiteralAuth" . -}}
{{- $_ := set . "auth" (dict "secretName" (include "connaisseur.authSecretName" .name)) -}}
{{- end -}}
{{- $validators = append $validators . -}}
{{- end -}}
{{- $_ := set $config "validators" $validators -}}
{{- with .Values.alerting }}{{ $_ := set $config "alerting" . }}{{ end -}}
{{ toYaml $config }}
{{- end -}}

{{/* The Secrets that validators take credentials from, as a JSON list of names. */}}
{{- define "connaisseur.authSecrets" -}}
{{- $names := list -}}
{{- range .Values.application.validators -}}
{{- if include "connaisseur.hasLiteralAuth" . -}}
{{- $names = append $names (include "connaisseur.authSecretName" .name) -}}
{{- else if (.auth | default dict).secretName -}}
{{- $names = append $names .auth.secretName -}}
{{- end -}}
{{- end -}}
{{ $names | uniq | toJson }}
{{- end -}}

{{/* The namespaces whose objects are sent to the webhook: what the values say, and the label that
     features.namespacedValidation heeds. */}}
{{- define "connaisseur.namespaceSelector" -}}
{{- $selector := deepCopy (.Values.kubernetes.webhook.namespaceSelector | default dict) -}}
{{- $expressions := $selector.matchExpressions | default list -}}
{{- with (.Values.application.features | default dict).namespacedValidation -}}
{{- $label := dict "key" "securesystemsengineering.connaisseur/webhook" "operator" "NotIn" "values" (list "ignore") -}}
{{- if eq .mode "validate" -}}
{{- $_ := set $label "operator" "In" -}}
{{- $_ := set $label "values" (list "validate") -}}
{{- end -}}
{{- $expressions = append $expressions $label -}}
{{- end -}}
{{- if $expressions }}{{ $_ := set $selector "matchExpressions" $expressions }}{{ end -}}
{{ toJson $selector }}
{{- end -}}

{{/* registration.yaml: how the program registers itself as a webhook. */}}
{{- define "connaisseur.registration" -}}
webhook:
  name: connaisseur-webhook
  {{- with .Values.kubernetes.webhook }}
  failurePolicy: {{ .failurePolicy }}
  reinvocationPolicy: {{ .reinvocationPolicy }}
  timeoutSeconds: {{ .timeoutSeconds }}
  objectSelector: {{ .objectSelector | default dict | toJson }}
  namespaceSelector: {{ include "connaisseur.namespaceSelector" $ }}
  matchConditions: {{ .matchConditions | default list | toJson }}
  excludedNamespaces: {{ .excludedNamespaces | default list | toJson }}
  {{- end }}
service:
  name: {{ include "connaisseur.service" . }}
  namespace: {{ .Release.Namespace }}
  port: {{ .Values.kubernetes.service.port }}
  path: /mutate
owner:
  clusterRole: connaisseur
certificate:
  secretName: connaisseur-tls
{{- end -}}
