import AzureLinux
import Sandbox
import SystemPackage

/// Why there was no verdict at all; a guest that fails is a `BootVerdict`.
package enum BootError: Failure {
  case noImage(FilePath)
  case brokenManifest(FilePath, reason: String)
  case noDisk(image: FilePath)
  case noKernel(image: FilePath)
  case noFirmware
  /// An ISO that is none of ours, or was moved away from what says what it is.
  case noInstaller(FilePath)
  case noLogin(image: FilePath)
  /// QEMU ended before the guest wrote anything.
  case machineNotStarted(status: Int32, text: String)
  /// QEMU does not do what it is told.
  case machineControl(String)
  case file(FilePath, doing: String, reason: String)
  case sandbox(SandboxError)

  package var message: String {
    switch self {
    case .noImage(let folder): "no image in \(folder)"
    case .brokenManifest(let path, let reason): "\(path) is not an image's manifest: \(reason)"
    case .noDisk(let image):
      "the image in \(image) has no disk that QEMU boots: none of raw, vhd, vhdx, qcow2"
    case .noKernel(let image): "the image in \(image) has no kernel beside it to start directly"
    case .noInstaller(let medium):
      "\(medium) is no installer that azl-dev made: no \(InstallerManifest.fileName) beside it is about it"
    case .noFirmware: "no UEFI firmware for QEMU (OVMF) is installed"
    case .noLogin(let image):
      "nobody can log in to the image in \(image) by a known password, so no smoke command can run"
    case .machineNotStarted(let status, let text):
      "QEMU ended with status \(status) before the guest started: \(text)"
    case .machineControl(let reason): "QEMU could not save or resume the machine: \(reason)"
    case .file(let path, let doing, let reason): "cannot \(doing) \(path): \(reason)"
    case .sandbox(let error): error.message
    }
  }

  package var nextStep: String? {
    switch self {
    case .noImage: "azl-dev image build makes one"
    case .brokenManifest: "azl-dev image build writes it again"
    case .noDisk: "add an artifact of type vhdx or raw to the image configuration"
    case .noKernel: "boot without --quick"
    case .noInstaller: "azl-dev image iso makes one"
    case .noFirmware: "apt-get install ovmf, or boot with --quick"
    case .noLogin: "give a user of the image configuration a plain Password, or boot with no smoke commands"
    case .machineControl: "boot without --hot"
    case .machineNotStarted, .file: nil
    case .sandbox(let error): error.nextStep
    }
  }

  package var exitCode: ExitCode {
    switch self {
    case .noImage, .noDisk, .noKernel, .noLogin, .noInstaller: .invalidInput
    case .brokenManifest, .noFirmware, .machineNotStarted, .machineControl, .file: .environment
    case .sandbox(let error): error.exitCode
    }
  }

  static func wrap(_ error: any Error) -> BootError { error as? BootError ?? .sandbox(.wrap(error)) }
}
