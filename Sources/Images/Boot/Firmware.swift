import Foundation
import SystemPackage

/// UEFI for QEMU: code that is shared and variables that each machine has a copy of.
package struct Firmware: Hashable, Codable, Sendable {
  package var code: String
  package var variables: String

  package init(code: String, variables: String) {
    self.code = code
    self.variables = variables
  }

  /// Where distributions install it.
  package static let known = [
    Firmware(code: "/usr/share/OVMF/OVMF_CODE_4M.fd", variables: "/usr/share/OVMF/OVMF_VARS_4M.fd"),
    Firmware(code: "/usr/share/OVMF/OVMF_CODE.fd", variables: "/usr/share/OVMF/OVMF_VARS.fd"),
    Firmware(code: "/usr/share/edk2/ovmf/OVMF_CODE.fd", variables: "/usr/share/edk2/ovmf/OVMF_VARS.fd"),
    Firmware(code: "/usr/share/edk2/x64/OVMF_CODE.4m.fd", variables: "/usr/share/edk2/x64/OVMF_VARS.4m.fd"),
  ]

  package static func installed(
    _ exists: (String) -> Bool = FileManager.default.fileExists(atPath:)
  ) -> Firmware? {
    known.first { exists($0.code) && exists($0.variables) }
  }
}
