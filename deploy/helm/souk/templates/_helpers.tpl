{{- define "souk.labels" -}}
app.kubernetes.io/name: souk
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "souk.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* The settings of every process of the program. */}}
{{- define "souk.env" -}}
- {name: Souk__PublicUrl, value: {{ .Values.publicUrl | quote }}}
- {name: Internal__Urls, value: "http://+:8081"}
{{- range $service := list "identity" "catalog" "carts" }}
- {name: Neighbours__{{ title $service }}, value: "http://{{ $.Release.Name }}-{{ $service }}:8081"}
{{- end }}
{{- range $n, $network := .Values.trustedProxies }}
- {name: Souk__Http__Proxies__{{ $n }}, value: {{ $network | quote }}}
{{- end }}
{{- range $name, $value := .Values.settings }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{- define "souk.podSecurity" -}}
runAsNonRoot: true
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "souk.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}
