{{- define "berth.labels" -}}
app.kubernetes.io/name: berth
{{- end }}

{{- define "berth.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- define "berth.subjects" -}}
- kind: ServiceAccount
  name: berth
  namespace: {{ .Release.Namespace }}
{{- end }}
