import AzureLinux
import CRPM
import Foundation

/// librpm's global macros: loaded once, then only added to in children that end.
enum MacroScope {
  static func load(_ setup: SpecWire.Setup) -> Bool {
    rpmlogSetMask(1 << RPMLOG_ERR.rawValue | 1 << RPMLOG_WARNING.rawValue)
    // overrides stand in librpm's table before the files are read
    for (name, value) in setup.defines.sorted(by: { $0.key < $1.key }) {
      rpmDefineMacro(nil, "\(name) \(value)", RMIL_CMDLINE)
    }
    return rpmReadConfigFiles(nil, "\(setup.arch)-linux") == 0
  }

  /// What only this spec sees.
  static func enter(_ request: SpecWire.Request, folder: String, dist: String) {
    rpmDefineMacro(nil, "_sourcedir \(folder)", RMIL_CMDLINE)
    for (name, value) in SpecWire.versionMacros(request.versions, dist: dist) {
      rpmDefineMacro(nil, "\(name) \(value)", RMIL_CMDLINE)
    }
  }

  static func expand(_ text: String) -> String? {
    var result: UnsafeMutablePointer<CChar>?
    guard rpmExpandMacros(nil, text, &result, 0) >= 0, let result else { return nil }
    defer { free(result) }
    return String(cString: result)
  }
}
