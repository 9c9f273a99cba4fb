import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// Finds out what can run a stock 64-bit guest on this machine by running one: a device that opens proves nothing,
/// nested and paravirtual hosts have one that cannot.
package struct AcceleratorProbe: Sendable {
  package struct Finding: Hashable, Sendable {
    package var accelerator: Accelerator
    /// Why this one, in a few words.
    package var reason: String
  }

  package static let device = FilePath("/dev/kvm")
  /// A real KVM needs a fraction of a second for what the probe guest does.
  package var deadline: Duration

  package init(deadline: Duration = .seconds(3)) { self.deadline = deadline }

  /// The probe guest's machine. Pure.
  package static func arguments(_ accelerator: Accelerator, disk: FilePath) -> [String] {
    [
      Machine.program, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-machine", "pc",
      "-m",
      "64M",
    ] + accelerator.arguments + [
      "-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-drive",
      "file=\(disk.string.replacing(",", with: ",,")),format=raw,if=floppy,readonly=on",
    ]
  }

  package func run() async throws(BootError) -> Finding {
    do {
      try FileDescriptor.open(AcceleratorProbe.device, .readWrite, options: [.closeOnExec]).close()
    } catch {
      return Finding(accelerator: .tcg, reason: "\(AcceleratorProbe.device) does not open: \(error)")
    }
    switch try await start(.kvm) {
    case ProbeSector.success:
      return Finding(accelerator: .kvm, reason: "a probe guest started under KVM")
    case nil:
      let text = "\(AcceleratorProbe.device) opens but a probe guest did not start in \(deadline.formatted())"
      return Finding(accelerator: .tcg, reason: text)
    case let status?:
      return Finding(
        accelerator: .tcg,
        reason: "\(AcceleratorProbe.device) opens but QEMU could not run a probe guest (status \(status))")
    }
  }

  /// QEMU's exit status, or nil when the deadline came first.
  package func start(_ accelerator: Accelerator) async throws(BootError) -> Int32? {
    let disk = FilePath(FileManager.default.temporaryDirectory.path).appending(
      "azl-probe-\(UUID().uuidString.lowercased())")
    defer { try? FileManager.default.removeItem(atPath: disk.string) }
    do {
      try Data(ProbeSector.bytes).write(to: URL(filePath: disk.string))
      let command = Command(
        AcceleratorProbe.arguments(accelerator, disk: disk), environment: Command.hostEnvironment,
        cleanEnvironment: true
      ).bound(to: getpid())
      return try await withThrowingTaskGroup(of: Int32?.self) { group in
        group.addTask { try await command.run().status }
        group.addTask {
          try await Task.sleep(for: deadline)
          return nil
        }
        defer { group.cancelAll() }
        return try await group.next() ?? nil
      }
    } catch {
      throw .wrap(error)
    }
  }
}

/// The smallest guest that does what every 64-bit kernel does first: page tables, long mode, then one word to the
/// debug exit port.
enum ProbeSector {
  /// isa-debug-exit makes (value << 1) | 1 of the value written.
  static let success: Int32 = 0x10 << 1 | 1

  /// A boot sector, loaded at 0x7C00 in real mode.
  static let bytes: [UInt8] = {
    let code: [[UInt8]] = [
      [0xFA, 0x31, 0xC0],  // cli; xor ax, ax
      [0x8E, 0xD8, 0x8E, 0xC0, 0x8E, 0xD0],  // ds, es, ss = 0
      [0x66, 0xBF, 0x00, 0x10, 0x00, 0x00],  // mov edi, 0x1000
      [0x0F, 0x22, 0xDF],  // mov cr3, edi
      [0x66, 0x31, 0xC0],  // xor eax, eax
      [0x66, 0xB9, 0x00, 0x0C, 0x00, 0x00],  // mov ecx, 3 pages / 4
      [0xFC, 0x66, 0xF3, 0xAB],  // cld; rep stosd
      [0x66, 0xC7, 0x06, 0x00, 0x10, 0x03, 0x20, 0x00, 0x00],  // [0x1000] = 0x2003
      [0x66, 0xC7, 0x06, 0x00, 0x20, 0x03, 0x30, 0x00, 0x00],  // [0x2000] = 0x3003
      [0x66, 0xC7, 0x06, 0x00, 0x30, 0x83, 0x00, 0x00, 0x00],  // [0x3000] = 2 MiB page at 0
      [0x0F, 0x20, 0xE0, 0x0C, 0x20, 0x0F, 0x22, 0xE0],  // cr4 |= PAE
      [0x66, 0xB9, 0x80, 0x00, 0x00, 0xC0],  // mov ecx, EFER
      [0x0F, 0x32, 0x80, 0xCC, 0x01, 0x0F, 0x30],  // EFER |= LME
      [0x0F, 0x01, 0x16, 0x80, 0x7C],  // lgdt [0x7C80]
      [0x0F, 0x20, 0xC0, 0x66, 0x0D, 0x01, 0x00, 0x00, 0x80, 0x0F, 0x22, 0xC0],  // cr0 |= PG | PE
      [0xEA, 0x65, 0x7C, 0x08, 0x00],  // jmp 8:0x7C65
      [0x66, 0xBA, 0xF4, 0x00, 0xB0, 0x10, 0xEE],  // 64 bits: mov dx, 0xF4; mov al, 0x10; out dx, al
      [0xF4, 0xEB, 0xFD, 0x90],  // hlt, for ever
      [0, 0, 0, 0, 0, 0, 0, 0],  // 0x7C70: null descriptor
      [0, 0, 0, 0, 0x00, 0x9A, 0x20, 0x00],  // 64-bit code
      [0x0F, 0x00, 0x70, 0x7C, 0x00, 0x00],  // 0x7C80: limit and base of the table
    ]
    let flat = code.flatMap(\.self)
    return flat + [UInt8](repeating: 0, count: 510 - flat.count) + [0x55, 0xAA]
  }()
}
