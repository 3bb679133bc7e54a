# The package built a second time, from nothing, in another folder: the same bytes.

reproducible_part() {
  need python3 nodejs npm libc6-dev || return
  package_once || return
  step 'reproducible' the_same_bytes_from_another_folder
}

the_same_bytes_from_another_folder() {
  local folder status=0
  folder=$(mktemp -d) || return
  mkdir "$folder/another folder" && git ls-files -z | xargs -0 cp --parents -t "$folder/another folder" &&
    (cd "$folder/another folder" && git_time scripts/package) && compare_packages "$folder/another folder/dist" ||
    status=1
  rm -rf "$folder"
  return "$status"
}

# Outside of the repository nobody knows of its last commit.
git_time() {
  SOURCE_DATE_EPOCH=$(git -C "$OLDPWD" log -1 --format=%ct) "$@"
}

compare_packages() {
  (cd "$1" && sha256sum -- *.zip site/cgi-bin/*.cgi) | (cd dist && sha256sum --check)
}
