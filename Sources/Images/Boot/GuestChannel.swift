import AzureLinux
import Foundation
import Storage

/// How commands and answers travel over a serial console that echoes, wraps lines and carries the kernel's messages
/// too. Commands go in base64, in lines short enough for a terminal; answers come in base64 between marks that nobody
/// typed, with their SHA-256. Pure.
package enum GuestChannel {
  /// Typed until it is answered: the shell joins the halves, so an echo is not an answer.
  package static func knock(_ token: String) -> String { "printf '<%s%s>\\n' '\(token)' 'here'\n" }
  package static func knockAnswer(_ token: String) -> String { "<\(token)here>" }

  /// From here on the console repeats nothing, and a shell function is there to answer.
  package static func setup(_ token: String) -> [String] {
    [
      // a line editor would draw its own echo
      "set +o emacs +o vi 2>/dev/null; stty -echo -onlcr cols 1000 2>/dev/null; PS1=; PS2=; unset PROMPT_COMMAND\n",
      "dmesg -n 1 2>/dev/null\n",
      #"azl_answer() { printf '\n<%s begin>\n%s\n<%s end %s>\n' "$1" "$azl_out" "$1" "#
        + #""$(printf %s "$azl_out" | sha256sum | cut -c1-64)"; }"# + "\n",
      // the end of the output is what is kept: the exit status is there
      #"azl_run() { azl_out=$(sh -c "$(printf %s "$azl_in" | base64 -d)" 2>&1 </dev/null | tail -c 65536"#
        + #" | base64 -w 72); azl_answer "$1"; }"# + "\n",
      knock(token),
    ]
  }

  /// The command's exit status travels as the last line of its output.
  package static func request(_ command: String, token: String) -> [String] {
    let script = "( \(command)\n); azl_status=$?; printf '\\n%s' \"$azl_status\""
    var rest = Data(script.utf8).base64EncodedString()[...]
    var lines = ["azl_in=\n"]
    while !rest.isEmpty {
      lines.append("azl_in=${azl_in}\(rest.prefix(800))\n")
      rest = rest.dropFirst(800)
    }
    return lines + ["azl_run \(token)\n"]
  }

  /// Sends the last answer once more, under another token.
  package static func again(_ token: String) -> String { "azl_answer \(token)\n" }

  package enum Answer: Hashable, Sendable {
    case whole(status: Int32, output: String)
    case garbled
  }

  /// nil while the answer is not complete. `text` is everything since the request.
  package static func answer(in text: String, token: String) -> Answer? {
    guard let begin = text.range(of: "<\(token) begin>\n"),
      let end = text.range(of: "\n<\(token) end ", range: begin.upperBound..<text.endIndex),
      let close = text.range(of: ">", range: end.upperBound..<text.endIndex)
    else { return nil }
    let body = String(text[begin.upperBound..<end.lowerBound])
    guard Digest.of(body).hex == text[end.upperBound..<close.lowerBound],
      let data = Data(base64Encoded: body, options: .ignoreUnknownCharacters)
    else { return .garbled }
    let output = String(decoding: data, as: UTF8.self)
    guard let last = output.lastIndex(of: "\n"), let status = Int32(output[output.index(after: last)...])
    else {
      return .garbled
    }
    return .whole(status: status, output: String(output[..<last]))
  }
}
