using LedCluster.Torch;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Main memory.</summary>
    public static Device CPU { get; } = new(DeviceType.CPU);

    /// <summary>The current CUDA device.</summary>
    public static Device CUDA { get; } = new(DeviceType.CUDA);

    /// <summary>A device by name: "cpu", "cuda" or "cuda:N".</summary>
    public static Device device(string description) => new(description);

    /// <summary>A device by kind and index; −1 is the current one.</summary>
    public static Device device(DeviceType deviceType, int index = -1) => new(deviceType, index);

    /// <summary>What CUDA offers here.</summary>
    public static class cuda
    {
        /// <summary>Whether this libtorch was built with CUDA and sees a device.</summary>
        public static bool is_available() => Native.led_cuda_is_available() != 0;
    }

    /// <summary>Where a tensor lives.</summary>
    public sealed class Device : IEquatable<Device>
    {
        /// <summary>A device by name: "cpu", "cuda" or "cuda:N".</summary>
        /// <exception cref="ArgumentException">The name is none of these.</exception>
        public Device(string description)
        {
            var (name, number) = description.Split(':') is [var head, var tail] ? (head, tail) : (description, null);
            var at = -1;
            if (!Enum.TryParse(name, ignoreCase: true, out DeviceType kind) || !Enum.IsDefined(kind) || char.IsDigit(name[0])
                || (number is not null && (!int.TryParse(number, out at) || at < 0)))
                throw new ArgumentException($"Device '{description}' is not known; use \"cpu\", \"cuda\" or \"cuda:N\".", nameof(description));

            type = kind;
            index = at;
        }

        /// <summary>A device by kind and index; −1 is the current one.</summary>
        public Device(DeviceType deviceType, int index = -1)
        {
            type = deviceType;
            this.index = index;
        }

        /// <summary>The kind of device.</summary>
        public DeviceType type { get; }

        /// <summary>Which one of its kind; −1 is the current one.</summary>
        public int index { get; }

        /// <summary>A device by name.</summary>
        public static implicit operator Device(string description) => new(description);

        /// <inheritdoc/>
        public bool Equals(Device? other) => other is not null && other.type == type && other.index == index;

        /// <inheritdoc/>
        public override bool Equals(object? obj) => Equals(obj as Device);

        /// <inheritdoc/>
        public override int GetHashCode() => HashCode.Combine(type, index);

        /// <summary>The name: "cpu", "cuda" or "cuda:N".</summary>
        public override string ToString()
        {
            var name = type == DeviceType.CPU ? "cpu" : "cuda";
            return index < 0 ? name : $"{name}:{index}";
        }
    }
}
