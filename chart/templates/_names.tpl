{{/* Names are fixed: one cluster has one Connaisseur, and people's tools know these. */}}
{{- define "connaisseur.name" -}}connaisseur{{- end -}}

{{- define "connaisseur.service" -}}connaisseur-svc{{- end -}}

{{/* The selector of a Deployment can never change, so nothing from the values may be in it. */}}
{{- define "connaisseur.selectorLabels" -}}
app.kubernetes.io/name: connaisseur
app.kubernetes.io/instance: connaisseur
{{- end -}}

{{- define "connaisseur.redisSelectorLabels" -}}
app.kubernetes.io/name: connaisseur
app.kubernetes.io/instance: redis
{{- end -}}

{{/* Labels that tell what an object belongs to; of every object. */}}
{{- define "connaisseur.commonLabels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.kubernetes.additionalLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "connaisseur.labels" -}}
{{ include "connaisseur.selectorLabels" . }}
{{ include "connaisseur.commonLabels" . }}
{{- end -}}

{{- define "connaisseur.redisLabels" -}}
{{ include "connaisseur.redisSelectorLabels" . }}
{{ include "connaisseur.commonLabels" . }}
{{- end -}}

{{/* repository:tag or repository@digest (3.x wrote digests without "sha256:"); takes an image and the
     tag that it has by default. */}}
{{- define "connaisseur.image" -}}
{{- $image := .image -}}
{{- if $image.digest -}}
{{ $image.repository }}@sha256:{{ trimPrefix "sha256:" $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default .tag }}
{{- end -}}
{{- end -}}

{{/* An existing Secret with the certificate, or the one that the chart makes of given PEM. Empty:
     the program makes its own, in a Secret that has another name: replicas that still run under
     their own would write over what is given, as over one that somebody has damaged. */}}
{{- define "connaisseur.givenCertificate" -}}
{{- with .Values.kubernetes.deployment.tls -}}
{{- if .secretName -}}
{{- if eq .secretName "connaisseur-tls" }}{{ fail "kubernetes.deployment.tls.secretName: connaisseur-tls is where the program keeps a certificate of its own, give yours another name" }}{{ end -}}
{{ .secretName }}
{{- else if or .cert .key -}}
{{- if not (and .cert .key) }}{{ fail "kubernetes.deployment.tls: cert and key belong together, one is missing" }}{{ end -}}
connaisseur-given-tls
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "connaisseur.servesMetrics" -}}
{{- if or .Values.kubernetes.metrics.enabled .Values.kubernetes.serviceMonitor.enabled }}yes{{ end -}}
{{- end -}}

{{/* Custom alert templates as YAML of name.json: text, from the values and from the chart's folder. */}}
{{- define "connaisseur.alertTemplates" -}}
{{- $templates := dict -}}
{{- range $path, $_ := .Files.Glob "alert_payload_templates/*.json" -}}
{{- $_ := set $templates (base $path) ($.Files.Get $path) -}}
{{- end -}}
{{- range $name, $text := .Values.kubernetes.alertTemplates -}}
{{- $_ := set $templates (printf "%s.json" $name) $text -}}
{{- end -}}
{{- if $templates }}{{ toYaml $templates }}{{ end -}}
{{- end -}}
