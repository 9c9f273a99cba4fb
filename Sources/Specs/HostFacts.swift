import AzureLinux
import Foundation
import SystemPackage

/// What specs ask this machine with `%(…)` although the target should answer: the day, the host's name, its kernel,
/// and the versions of gcc, perl and python3. A few programs stand before the machine's own and answer as the target
/// would; everything else they hand on.
///
/// The versions are those of the tree's own specs: a package is built with them, whatever is installed here.
package struct HostFacts: Sendable, Hashable {
  /// The clock of parses, in seconds since 1970: that of builds.
  package var epoch: Int64
  package var arch: String
  /// By program.
  package var versions: [String: String]
  /// The specs that give versions, by program.
  package static let sources = [
    "gcc": "SPECS/gcc/gcc.spec", "perl": "SPECS/perl/perl.spec", "python3": "SPECS/python3/python3.spec",
  ]

  package init(tree: FilePath, epoch: Int64, arch: String) {
    self.epoch = epoch
    self.arch = arch
    versions = [:]
    for (program, spec) in Self.sources.sorted(by: { $0.key < $1.key }) {
      guard let data = FileManager.default.contents(atPath: tree.appending(spec).string),
        let version = Self.version(in: data)
      else { continue }
      versions[program] = version
    }
  }

  var identity: String {
    "facts \(epoch) \(arch) \(versions.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })"
  }

  /// `Version:`, or what the macro that it names is defined as; nil for anything less plain.
  static func version(in text: Data) -> String? {
    var defined: [Substring: Substring] = [:]
    var rest = text[...]
    while !rest.isEmpty {
      let line = rest.prefix { $0 != UInt8(ascii: "\n") }
      rest = rest.dropFirst(line.count + 1)
      guard let first = line.first(where: { $0 > 0x20 }), "%vV".utf8.contains(first) else { continue }
      let words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
      guard words.count >= 2 else { continue }
      if words[0] == "%global" || words[0] == "%define", words.count == 3 { defined[words[1]] = words[2] }
      guard words[0].lowercased() == "version:" else { continue }
      let value = words[1]
      if !value.contains("%") { return String(value) }
      return defined[value.trimmingPrefix("%{").prefix { $0 != "}" }].map(String.init)
    }
    return nil
  }

  /// The programs that answer, by name.
  static let programs = ["date", "gcc", "hostname", "perl", "python3", "uname"]

  /// Writes them into `folder`. The machine's own are looked for in `/azl/own`.
  func write(into folder: FilePath) throws {
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    for name in Self.programs {
      let file = folder.appending(name)
      try Data(script(name).utf8).write(to: URL(filePath: file.string))
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.string)
    }
  }

  private func script(_ name: String) -> String {
    let body =
      switch name {
      case "date": dateScript
      case "hostname": "echo localhost"
      case "uname":
        """
        case "$*" in
          *r*|*v*|*a*) echo "Linux localhost 0 #1 \(arch) GNU/Linux" | case "$*" in -r) cut -d' ' -f3;; *) cat;; esac;;
          -m|-p|-i) echo \(arch);;
          *) exec /azl/own/uname "$@";;
        esac
        """
      case "gcc":
        versions["gcc"].map { version in
          """
          case "$1" in
            --version) echo "gcc (GCC) \(version)";;
            -dumpversion) echo \(version.prefix { $0 != "." });;
            -dumpfullversion) echo \(version);;
            *) exit 127;;
          esac
          """
        } ?? "exit 127"
      case "perl":
        versions["perl"].map { version in
          """
          case "$*" in
            -V:version) echo "version='\(version)';";;
            *) exec /azl/own/perl "$@";;
          esac
          """
        } ?? "exec /azl/own/perl \"$@\""
      default: pythonScript
      }
    return "#!/bin/bash\n\(body)\n"
  }

  private var dateScript: String {
    """
    own=/azl/own/date
    for word; do
      case "$word" in
        -d|--date) is_next=1;;
        -d*) text=${word#-d};;
        --date=*) text=${word#--date=};;
        *) if [ "$is_next" ]; then text=$word; is_next=; else rest+=("$word"); fi;;
      esac
    done
    case "$text" in
      "") exec $own -d @\(epoch) "${rest[@]}";;
      *[0-9]-[0-9]*|@*) exec $own -d "$text" "${rest[@]}";;
      *) exec $own -d "$($own -d @\(epoch) +'%F %T') $text" "${rest[@]}";;
    esac
    """
  }

  /// The version of a program given with `-c`; libraries are where they are.
  private var pythonScript: String {
    guard let version = versions["python3"] else { return "exec /azl/own/python3 \"$@\"" }
    let parts = version.split(separator: ".").map(String.init) + ["0", "0"]
    let tuple = parts.prefix(3).joined(separator: ",")
    return """
      words=("$@")
      for index in "${!words[@]}"; do
        case "${words[index]}" in
          -*c)
            words[index+1]="import sys; sys.version_info = type('v', (tuple,), {n: property(lambda s, i=i: s[i]) \
      for i, n in enumerate(('major', 'minor', 'micro'))})((\(tuple),'final',0)); sys.version = '\(version) (main)'
      ${words[index+1]}"
            break;;
          -*) ;;
          *) break;;
        esac
      done
      exec /azl/own/python3 "${words[@]}"
      """
  }
}
