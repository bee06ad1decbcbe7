"""Commands about the cold chain: alarms, rules tried on the past, payloads of devices, records and logs."""
