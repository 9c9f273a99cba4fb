import CRPM
import SpecFormat

/// librpm's global macros: loaded once, then only added to in children that end.
enum MacroScope {
  static func load(_ setup: SpecWire.Setup) -> Bool {
    rpmlogSetMask(1 << RPMLOG_ERR.rawValue | 1 << RPMLOG_WARNING.rawValue)
    // overrides stand in librpm's table before the files are read
    for (name, value) in setup.defines.sorted(by: { $0.key < $1.key }) { define(name, value) }
    return rpmReadConfigFiles(nil, "\(setup.arch)-linux") == 0
  }

  /// What only this parse sees.
  static func enter(_ request: SpecWire.Request, folder: String, dist: String) {
    define("_sourcedir", folder)
    define("with_check", CheckValue.body(request.withCheck))
    for (name, value) in VersionMacros.definitions(request.versions, dist: dist) { define(name, value) }
  }

  private static func define(_ name: String, _ value: String) {
    rpmDefineMacro(nil, "\(name) \(value)", RMIL_CMDLINE)
  }
}

/// `%with_check` is a command, so that asking for its value is seen like any other command: a parse that never
/// asked ends the same with 0 and with 1.
enum CheckValue {
  private static let note = ": reads with_check; echo "

  static func body(_ isOn: Bool) -> String { "%(\(note)\(isOn ? 1 : 0))" }
  /// The commands that these definitions run, and what they print: no shell is needed for them.
  static var outputs: [SpecWire.ShellOutput] {
    ["0", "1"].map { .init(command: Array((note + $0).utf8), output: Array($0.utf8)) }
  }
  static func isAsked(in commands: some Sequence<some Sequence<UInt8>>) -> Bool {
    commands.contains { $0.starts(with: note.utf8) }
  }
}
