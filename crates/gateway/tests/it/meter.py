"""A Modbus TCP server that is not ours: pymodbus with the registers that modbus.rs expects. Prints its port when it listens.

Unit 1: an SDM630 (float32, high word first). Unit 2: other encodings. Unit 3: answers after ten seconds.
"""

import asyncio
import struct
import sys

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice


def low_word_first(number):
    high, low = struct.unpack(">HH", struct.pack(">f", number))
    return [low, high]


async def too_late(*_):
    await asyncio.sleep(10)


async def main(port):
    floats = {0: 230.5, 2: 231.25, 4: -229.75, 52: 1234.5, 54: float("nan"), 56: float("inf"), 72: 98765.25, 74: 1e30}
    sdm630 = [SimData(a, values=v, datatype=DataType.FLOAT32) for a, v in floats.items()]
    mixed = [
        SimData(0, values=[*low_word_first(21.5), 65535, 0xFFFE, 0xFFFE, 0xFFFF], datatype=DataType.REGISTERS),
        SimData(6, values=4_000_000_000, datatype=DataType.UINT32),
        SimData(8, values=2**40 + 5, datatype=DataType.UINT64),
        SimData(12, values=[2, 1], datatype=DataType.REGISTERS),
        # Every register of a long row holds its own number.
        SimData(1000, values=list(range(1000, 1200)), datatype=DataType.REGISTERS),
    ]
    slow = SimDevice(id=3, simdata=[SimData(0, values=1, datatype=DataType.REGISTERS)], action=too_late)
    devices = [SimDevice(id=1, simdata=sdm630), SimDevice(id=2, simdata=mixed), slow]
    server = ModbusTcpServer(devices, address=("127.0.0.1", port))
    await server.serve_forever(background=True)
    print("listening", flush=True)
    await asyncio.Event().wait()


asyncio.run(main(int(sys.argv[1])))
