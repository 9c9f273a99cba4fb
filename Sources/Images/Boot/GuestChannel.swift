import AzureLinux
import Foundation
import Sandbox
import Storage

/// How commands and answers travel over a serial console that echoes, wraps lines and carries the kernel's messages
/// too. Commands go in base64, in lines short enough for a terminal; answers come in base64 between marks that nobody
/// typed, with their SHA-256. Pure.
package enum GuestChannel {
  /// Typed until it is answered: the shell fills in a number, so an echo is not an answer. login(1) throws away what was
  /// typed before it was ready, from the middle of a line too: there is nothing in it that could stay open.
  package static func knock(_ token: String) -> String { "echo \(token)$#here\n" }
  package static func knockAnswer(_ token: String) -> String { "\(token)0here" }

  /// From here on the console repeats nothing, and a shell function is there to answer.
  package static func setup(_ token: String) -> [String] {
    [
      // a line editor would draw its own echo
      "set +o emacs +o vi 2>/dev/null; stty -echo -onlcr cols 1000 2>/dev/null; PS1=; PS2=; unset PROMPT_COMMAND\n",
      "dmesg -n 1 2>/dev/null\n",
    ] + functions + [knock(token)]
  }

  /// For a shell that reads from the virtio port, which echoes nothing and loses nothing: there answers come as they
  /// are, because each program that packs them costs a start in the guest.
  package static func greeting(_ token: String) -> String {
    #"azl_run() { printf '\n<%s begin>\n' "$1"; (eval "$2") </dev/null 2>&1; "#
      + #"printf '\n<%s end %s>\n' "$1" "$?"; }"# + "\n" + knock(token)
  }
  package static func portRequest(_ command: String, token: String) -> String {
    "azl_run \(token) '\(command.replacing("'", with: "'\\''"))'\n"
  }
  /// The beginning of a long answer may be lost; the end of it is what is kept.
  package static func portAnswer(in text: String, token: String) -> Answer? {
    guard let end = text.range(of: "\n<\(token) end "),
      let close = text.range(of: ">\n", range: end.upperBound..<text.endIndex)
    else { return nil }
    guard let status = Int32(text[end.upperBound..<close.lowerBound]) else { return .garbled }
    let begin = text.range(of: "\n<\(token) begin>\n", range: text.startIndex..<end.lowerBound)
    let output = text[(begin?.upperBound ?? text.startIndex)..<end.lowerBound]
    return .whole(status: status, output: String(output.suffix(65536)))
  }

  private static let functions = [
    #"azl_answer() { printf '\n<%s begin>\n%s\n<%s end %s>\n' "$1" "$azl_out" "$1" "#
      + #""$(printf %s "$azl_out" | sha256sum | cut -c1-64)"; }"# + "\n",
    // the end of the output is what is kept: the exit status is there
    #"azl_run() { azl_out=$(sh -c "$(printf %s "$azl_in" | base64 -d)" 2>&1 </dev/null | tail -c 65536"#
      + #" | base64 -w 72); azl_answer "$1"; }"# + "\n",
  ]

  /// Starts a shell behind the virtio port if the guest has it, and says which. It comes back whenever the other end
  /// of the port goes, as it does when the machine is saved.
  package static func serve(_ token: String) -> [String] {
    [
      "[ -d /sys/class/virtio-ports ] || modprobe -q virtio_console 2>/dev/null; azl_port=\n",
      "for azl_dir in /sys/class/virtio-ports/*; do read -r azl_name <\"$azl_dir/name\"; "
        + "[ \"$azl_name\" = \(Machine.channelName) ] && azl_port=/dev/${azl_dir##*/}; done 2>/dev/null\n",
      "if [ -n \"$azl_port\" ] && [ -r \"$azl_port\" ] && [ -w \"$azl_port\" ]; then "
        + "(setsid sh -c 'while :; do sh <>\"$0\" >&0 2>/dev/null; sleep 0.1; done' \"$azl_port\" </dev/null >/dev/null 2>&1 &); "
        + "azl_has=yes; else azl_has=no; fi; printf '<%s %s>\\n' \(token) \"$azl_has\"\n",
    ]
  }
  package static func serves(_ text: String, token: String) -> Bool? {
    text.contains("<\(token) yes>") ? true : text.contains("<\(token) no>") ? false : nil
  }

  /// Lets whoever has the key in as the one who is logged in, through QEMU's own network, and says with its status
  /// whether a server is there.
  static func access(key: String) -> String {
    """
    mkdir -p -m 700 ~/.ssh && echo '\(key)' >>~/.ssh/authorized_keys && chmod 600 ~/.ssh/authorized_keys || exit 1
    case $(ip -4 -o addr show scope global) in '')
      for azl_link in /sys/class/net/e*; do
        azl_link=${azl_link##*/}; ip link set "$azl_link" up; ip addr add 10.0.2.15/24 dev "$azl_link"; break
      done;;
    esac
    systemctl start sshd 2>/dev/null || systemctl start ssh 2>/dev/null || {
      # a server without keys or a configuration of its own; systemd would go on trying
      systemctl stop sshd ssh 2>/dev/null
      getent passwd sshd >/dev/null || useradd -r -M -d /run/sshd -s /sbin/nologin sshd
      mkdir -p -m 755 /run/sshd && ssh-keygen -q -t ed25519 -N '' -f /run/sshd/azl-key </dev/null &&
        "$(PATH=$PATH:/usr/sbin command -v sshd)" -f /dev/null -h /run/sshd/azl-key
    }
    """
  }

  /// Makes a terminal of the console again, with a shell of its own.
  package static func interactive(rows: Int, columns: Int, terminal: String) -> String {
    "stty sane rows \(rows) cols \(columns); TERM=\(Command.quoted(terminal)) exec \"${SHELL:-/bin/sh}\" -l\n"
  }

  /// Where files are put in the guest: there in all of them, and no memory.
  package static let folder = "/var/tmp"

  /// Puts the bytes that follow this line into a file; only for the virtio port.
  package static func receive(_ count: Int64, as path: String) -> String {
    "head -c \(count) >\(Command.quoted(path))\n"
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
