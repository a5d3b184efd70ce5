#!/usr/bin/env bash
# install, upgrade, uninstall or annihilate the Helm release, after showing which cluster that is.
#   CONTEXT     context of the kubeconfig      default: the current one
#   NAMESPACE   default connaisseur
#   VALUES      files of values, divided by blanks
#   IMAGE       repository:tag of the image    default: what the values say
#   HELM_ARGS   more arguments for helm
#   YES=1       do not ask
set -euo pipefail
cd "$(dirname "$0")/.."

# Of the chart, in its namespace.
KINDS=deployments,services,horizontalpodautoscalers,poddisruptionbudgets,networkpolicies,resourcequotas
KINDS+=,configmaps,secrets,rolebindings,roles,serviceaccounts,pods

action=${1:-}
namespace=${NAMESPACE:-connaisseur}
context=${CONTEXT:-$(kubectl config current-context)}
cluster=$(kubectl config view --output "jsonpath={.contexts[?(@.name==\"$context\")].context.cluster}")
server=$(kubectl config view --output "jsonpath={.clusters[?(@.name==\"$cluster\")].cluster.server}")
[ -n "$server" ] || {
  echo "the kubeconfig has no context '$context'" >&2
  exit 2
}

kube() { kubectl --context "$context" "$@"; }
helm_() { helm --kube-context "$context" --namespace "$namespace" "$@"; }

ask() {
  printf '%s\n  context    %s\n  cluster    %s\n  namespace  %s\n' "$1" "$context" "$server" "$namespace"
  [ "${YES:-}" != 1 ] || return 0
  [ -t 0 ] || {
    echo 'nobody to ask here: set YES=1 to go on' >&2
    exit 2
  }
  read -r -p 'Go on? [y/N] ' answer
  case "$answer" in y | Y | yes) ;; *)
    echo 'nothing was done' >&2
    exit 1
    ;;
  esac
}

# A namespace that others use too is theirs.
delete_namespace() {
  local others
  others=$(kube --namespace "$namespace" get all --ignore-not-found --output name \
    --selector 'app.kubernetes.io/name!=connaisseur' | grep -v '^service/kubernetes$' || true)
  if [ -n "$others" ]; then
    printf 'the namespace %s stays, as it holds more:\n%s\n' "$namespace" "$others" >&2
  else
    kube delete namespace "$namespace" --ignore-not-found
  fi
}

arguments=(--wait)
for file in ${VALUES:-}; do arguments+=(--values "$file"); done
if [ -n "${IMAGE:-}" ]; then
  arguments+=(--set-string "kubernetes.deployment.image.repository=${IMAGE%:*}"
    --set-string "kubernetes.deployment.image.tag=${IMAGE##*:}")
fi
# Meant to be divided at blanks, as the arguments of helm that it is.
# shellcheck disable=SC2206
arguments+=(${HELM_ARGS:-})

case "$action" in
install)
  ask 'Install Connaisseur:'
  helm_ install connaisseur chart --create-namespace "${arguments[@]}"
  ;;
upgrade)
  ask 'Upgrade Connaisseur:'
  helm_ upgrade connaisseur chart "${arguments[@]}"
  ;;
uninstall)
  ask 'Uninstall Connaisseur and delete its namespace, unless others use that too:'
  helm_ uninstall connaisseur --wait
  delete_namespace
  ;;
annihilate)
  # For when an installation went wrong. The webhook first: without it nothing is blocked any more.
  ask 'Delete everything of Connaisseur, however it came there, and its namespace, unless others use that too:'
  kube delete mutatingwebhookconfigurations connaisseur-webhook --ignore-not-found
  kube delete clusterrolebindings,clusterroles --selector app.kubernetes.io/name=connaisseur
  kube --namespace "$namespace" delete "$KINDS" --selector app.kubernetes.io/name=connaisseur
  kube --namespace "$namespace" delete secrets --selector owner=helm,name=connaisseur
  # Made anew by the program, it has no labels.
  kube --namespace "$namespace" delete secret connaisseur-tls --ignore-not-found
  delete_namespace
  ;;
*)
  echo 'usage: release.sh install | upgrade | uninstall | annihilate' >&2
  exit 2
  ;;
esac
