{{/* The Secret with the certificates for Redis: one that exists, or the chart's own. Empty: an
     existing server with a certificate that the system's CAs know. */}}
{{- define "connaisseur.redisCertificate" -}}
{{- with .Values.kubernetes.redis.tls -}}
{{- if .secretName }}{{ .secretName }}{{ else if or .cert .key .ca }}connaisseur-redis-tls{{ end -}}
{{- end -}}
{{- end -}}

{{- define "connaisseur.redisHost" -}}
{{ .Values.kubernetes.redis.host | default "connaisseur-redis-service" }}
{{- end -}}

{{/* Says what is missing, and the command that makes it. Nothing is made up here: what a template
     makes up is another thing at every `helm template`. */}}
{{- define "connaisseur.checkRedis" -}}
{{- $redis := .Values.kubernetes.redis -}}
{{- if not $redis.secretName -}}
{{- fail (printf "kubernetes.redis.secretName is missing: name a Secret with password and cache-key, such as kubectl -n %s create secret generic connaisseur-redis --from-literal=password=$(openssl rand -hex 32) --from-literal=cache-key=$(openssl rand -hex 32)" .Release.Namespace) -}}
{{- end -}}
{{- if not $redis.host -}}
{{- if not $redis.tlsEnabled }}{{ fail "kubernetes.redis.tlsEnabled: false is for an existing server only, with kubernetes.redis.host" }}{{ end -}}
{{- if not (or $redis.tls.secretName (and $redis.tls.cert $redis.tls.key)) -}}
{{- fail (printf "kubernetes.redis.tls is missing: write cert and key, or secretName of a Secret with tls.crt, tls.key and ca.crt, of a certificate for connaisseur-redis-service.%s.svc" .Release.Namespace) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Environment of the program. */}}
{{- define "connaisseur.redisEnv" -}}
{{- include "connaisseur.checkRedis" . -}}
{{- $redis := .Values.kubernetes.redis -}}
- name: REDIS_HOST
  value: {{ if $redis.host }}{{ $redis.host }}{{ else }}connaisseur-redis-service.{{ .Release.Namespace }}.svc{{ end }}
- name: REDIS_PORT
  value: {{ $redis.port | quote }}
- name: REDIS_TLS
  value: {{ $redis.tlsEnabled | quote }}
{{- with ternary $redis.username "connaisseur" (ne $redis.host "") }}
- name: REDIS_USERNAME
  value: {{ . }}
{{- end }}
- name: REDIS_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ $redis.secretName }}
      key: password
- name: CACHE_KEY
  valueFrom:
    secretKeyRef:
      name: {{ $redis.secretName }}
      key: cache-key
{{- end -}}
