/**
 * The scripts of the shells whose own would evaluate the line that is typed, or the words that are
 * offered. Names of files come from a checkout that nobody may have read yet, so that here a word is
 * only ever an element of an array, and what the program answers is only ever compared.
 */
export const COMPLETION_SCRIPTS: Readonly<Record<string, string>> = {
  bash: bashScript(),
  zsh: zshScript(),
  powershell: powershellScript(),
};

/**
 * Bash splits a line at `=` too, and replaces only what stands behind it. The bash of macOS is 3.2:
 * it has no compopt and no negative indices.
 */
function bashScript(): string {
  return `# bash completion for cronverge
__cronverge_complete() {
    local current=\${COMP_WORDS[COMP_CWORD]} directive= last=0 line value i
    local -a words=("")
    for ((i = 1; i <= COMP_CWORD; i++)); do
        value=\${COMP_WORDS[i]}
        if [[ $value == "=" && \${words[last]} == --* || \${words[last]} == --*= ]]; then
            words[last]+=$value
        else
            last=$((last + 1))
            words[last]=$value
        fi
    done
    local flag=
    [[ \${words[last]} == --*=* ]] && flag=\${words[last]%%=*}=
    local kept=\${words[last]%"$current"}
    [[ $current == "=" ]] && kept=$flag
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ $line == :* ]]; then
            directive=$line
            continue
        fi
        value=$flag\${line%%$'\\t'*}
        [[ $value == "\${words[last]}"* ]] && COMPREPLY+=("\${value#"$kept"}")
    done < <(cronverge complete -- "\${words[@]:1}" 2>/dev/null)
    [[ $directive == :0 ]] || compopt +o default 2>/dev/null
}
complete -o default -F __cronverge_complete cronverge
`;
}

/** It may be sourced, or be a file of the name _cronverge in the fpath, whose text is the function. */
function zshScript(): string {
  return `#compdef cronverge
# zsh completion for cronverge
_cronverge() {
    local directive= line value
    local -a values shown typed
    typed=("\${(@)words[2,CURRENT]}")
    while IFS= read -r line; do
        if [[ $line == :* ]]; then
            directive=$line
            continue
        fi
        value=\${line%%$'\\t'*}
        values+=("$value")
        line=\${line#*$'\\t'}
        [[ -z $line ]] && shown+=("$value") || shown+=("$value  -- $line")
    done < <(cronverge complete -- "\${(@)typed}" 2>/dev/null)
    [[ $PREFIX == --*=* ]] && compset -P '*='
    if (( \${#values} )); then
        compadd -l -d shown -a values
    elif [[ $directive == :0 ]]; then
        _files
    fi
}
if [[ \${funcstack[1]} == _cronverge ]]; then
    _cronverge "$@"
else
    compdef _cronverge cronverge
fi
`;
}

/** An older PowerShell drops an empty word that it gives to a program, so that it gives a blank one. */
function powershellScript(): string {
  return `# powershell completion for cronverge
Register-ArgumentCompleter -Native -CommandName 'cronverge' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        Select-Object -Skip 1 |
        ForEach-Object { $_.Extent.Text })
    if ($wordToComplete -eq '') { $words += ' ' }
    $flag = if ($wordToComplete -match '^--[^=]*=') { $Matches[0] } else { '' }
    cronverge complete '--' @words 2>$null | ForEach-Object {
        $name, $description = $_.Split([char]9, 2)
        if ($name.StartsWith(':') -or -not "$flag$name".StartsWith($wordToComplete)) { return }
        if (-not $description) { $description = $name }
        [System.Management.Automation.CompletionResult]::new(
            "$flag$name", $name, 'ParameterValue', $description)
    }
}
`;
}
